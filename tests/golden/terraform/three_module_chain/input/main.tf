variable "visibility" {
  type = string
}
module "platform" {
  source = "./platform"
  access = var.visibility
}
