locals {
  names = toset(["x", "y"])
}
resource "aws_s3_bucket" "b" {
  for_each = local.names
  bucket   = each.key
}
resource "aws_s3_bucket_public_access_block" "p" {
  for_each                = aws_s3_bucket.b
  bucket                  = aws_s3_bucket.b[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = each.key == "x"
}
