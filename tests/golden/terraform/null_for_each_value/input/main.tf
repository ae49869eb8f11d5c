resource "aws_s3_bucket_acl" "b" {
  for_each = { a = { acl = "private" }, b = null }
  bucket   = each.key
  acl      = each.value == null ? "public-read" : each.value.acl
}
