variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "environment" {
  type        = string
  description = "dev, stage or prod"
  # No default: what depends on it is reported with --maybe.
}

variable "admin_cidrs" {
  type    = list(string)
  default = ["10.0.0.0/8"]
}

variable "assets_acl" {
  type    = string
  default = "private"
}

variable "db_password" {
  type      = string
  sensitive = true
}
