variable "public" {
  type    = bool
  default = false
}
resource "aws_s3_bucket_acl" "b" {
  bucket = "b"
  acl    = var.public ? "public-read" : "private"
}
