variable "extra" {
  type = map(string)
}
locals {
  common = { owner = "me" }
  other  = { stage = "prod" }
}
resource "aws_s3_bucket" "certain" {
  tags = merge(var.extra, local.common)
}
resource "aws_s3_bucket" "perhaps" {
  tags = merge(local.other, var.extra)
}
