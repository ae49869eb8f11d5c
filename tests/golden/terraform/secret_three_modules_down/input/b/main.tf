variable "secret" {}
module "c" {
  source = "../c"
  secret = var.secret
}
