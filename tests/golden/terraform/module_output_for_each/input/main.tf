module "a" {
  source = "./a"
}
resource "aws_s3_bucket_acl" "b" {
  for_each = module.a.ids
  bucket   = each.key
  acl      = "public-read"
}
