module "gone" {
  source  = "example/bucket/aws"
  version = "1.2.3"
}
resource "aws_s3_bucket_acl" "b" {
  bucket = module.gone.id
  acl    = module.gone.acl
}
resource "aws_s3_bucket_acl" "c" {
  bucket = "c"
  acl    = module.gone.acl == null ? "private" : "log-delivery-write"
}
