variable "acl" {
  type    = string
  default = "private"
}
variable "name" {
  type = string
}
resource "aws_s3_bucket_acl" "b" {
  bucket = var.name
  acl    = var.acl
}
