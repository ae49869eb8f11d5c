variable "rooms" {
  type = map(string)
}
module "m" {
  source   = "./m"
  for_each = var.rooms
  name     = each.key
}
