# A small, realistic and insecure environment. `./dev scan examples/` shows what Assay makes of it.
terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  name = "shop-${var.environment}"
  tags = {
    Environment = var.environment
    Team        = "web"
  }
}

module "web" {
  source = "./modules/web"

  name         = local.name
  admin_cidrs  = var.admin_cidrs
  instance_acl = var.assets_acl
}

resource "aws_db_instance" "orders" {
  identifier        = "${local.name}-orders"
  engine            = "postgres"
  instance_class    = "db.t4g.medium"
  allocated_storage = 20
  username          = "orders"
  password          = var.db_password
  storage_encrypted = var.environment == "prod" ? true : false

  publicly_accessible = true
  skip_final_snapshot = true
  tags                = local.tags
}

resource "aws_iam_policy" "deploy" {
  name = "${local.name}-deploy"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      },
    ]
  })
}
