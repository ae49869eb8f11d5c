variable "password" {
  default = "hunter2-Tr0ub4dor-x9"
}
module "a" {
  source = "./a"
  secret = var.password
}
