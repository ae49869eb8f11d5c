variable "password" {
  default = "6hTq-47xWzKe"
}

resource "aws_db_instance" "orders" {
  password = var.password
}

resource "aws_instance" "web" {
  user_data = <<-EOT
    #!/bin/sh
    export DB_PASSWORD=5hTq-47xWzKe
    export OTHER_PASSWORD=4hTq-47xWzKe
  EOT
}
