variable "acl" {
  type = string
}

variable "public_logs" {
  type = bool
}

module "site" {
  source = "./modules/site"
  acl    = var.acl
}

resource "aws_s3_bucket" "logs" {
  bucket = "logs"
  acl    = var.public_logs ? "public-read-write" : "private"
}

resource "aws_s3_bucket" "downloads" {
  bucket = "downloads"
  acl    = "public-read" # assay:ignore AWS0101 installers are for everyone
}
