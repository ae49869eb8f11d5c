variable "name" {
  type = string
}

variable "admin_cidrs" {
  type = list(string)
}

variable "instance_acl" {
  type = string
}

resource "aws_s3_bucket" "assets" {
  bucket = "${var.name}-assets"
  acl    = var.instance_acl
}

resource "aws_security_group" "web" {
  name        = "${var.name}-web"
  description = "Web servers"

  ingress {
    description = "HTTPS"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  dynamic "ingress" {
    for_each = var.admin_cidrs
    content {
      description = "SSH"
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }
  }
}

resource "aws_instance" "web" {
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.small"
  vpc_security_group_ids = [aws_security_group.web.id]

  metadata_options {
    http_tokens = "optional"
  }
}

output "bucket" {
  value = aws_s3_bucket.assets.id
}
