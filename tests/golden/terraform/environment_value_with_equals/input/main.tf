variable "p" {
  type = string
}
resource "aws_s3_bucket_acl" "b" {
  bucket = "b"
  acl    = var.p == "a=b" ? "public-read" : "private"
}
