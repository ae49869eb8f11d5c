variable "acl" {
  type = string
}

resource "aws_s3_bucket" "pages" {
  for_each = toset(["blog", "shop"])
  bucket   = each.key
  acl      = var.acl
}
