variable "access" {}
module "storage" {
  source = "../storage"
  acl    = var.access
}
