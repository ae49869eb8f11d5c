variable "acl" {}
module "bucket" {
  source = "../bucket"
  acl    = var.acl
}
