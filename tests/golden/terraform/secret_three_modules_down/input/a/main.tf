variable "secret" {}
module "b" {
  source = "../b"
  secret = var.secret
}
