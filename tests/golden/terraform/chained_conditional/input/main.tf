variable "e" {
  default = "dev"
}
resource "aws_s3_bucket_acl" "b" {
  bucket = "b"
  acl    = var.e == "prod" ? "private" : var.e == "stage" ? "log-delivery-write" : "public-read"
}
