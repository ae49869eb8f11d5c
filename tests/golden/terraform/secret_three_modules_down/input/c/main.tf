variable "secret" {}
resource "aws_db_instance" "d" {
  username = "admin"
  password = var.secret
}
