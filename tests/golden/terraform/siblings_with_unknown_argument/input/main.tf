variable "who_knows" {}
module "a" {
  source = "./m"
  name   = var.who_knows
}
module "b" {
  source = "./m"
  name   = "b"
  acl    = "public-read"
}
