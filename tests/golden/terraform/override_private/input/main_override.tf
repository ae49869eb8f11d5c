resource "aws_s3_bucket_acl" "b" {
  acl = "private"
}
