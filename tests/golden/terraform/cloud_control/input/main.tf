# The awscc provider: properties of CloudFormation, nested ones as attributes, policies as JSON text.
terraform {
  required_providers {
    awscc = {
      source = "hashicorp/awscc"
    }
  }
}

variable "key" {
  type    = string
  default = null
}

resource "awscc_kms_key" "main" {
  key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "awscc_s3_bucket" "logs" {
  bucket_name    = "logs"
  access_control = "PublicRead"
  versioning_configuration = {
    status = "Suspended"
  }
  tags = [{ key = "team", value = "web" }]
}

resource "awscc_s3_bucket" "data" {
  bucket_encryption = {
    server_side_encryption_configuration = [{
      server_side_encryption_by_default = {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = awscc_kms_key.main.arn
      }
    }]
  }
  versioning_configuration = {
    status = "Enabled"
  }
  public_access_block_configuration = {
    block_public_acls       = true
    block_public_policy     = true
    ignore_public_acls      = true
    restrict_public_buckets = true
  }
  logging_configuration = {
    destination_bucket_name = awscc_s3_bucket.logs.bucket_name
  }
}

resource "awscc_s3_bucket_policy" "data" {
  bucket = awscc_s3_bucket.data.id
  policy_document = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${awscc_s3_bucket.data.arn}/*"
    }]
  })
}

resource "awscc_ec2_security_group" "web" {
  group_description = "web"
  security_group_ingress = [
    { ip_protocol = "tcp", from_port = 22, to_port = 22, cidr_ip = "0.0.0.0/0", description = "ssh" },
    { ip_protocol = "tcp", from_port = 3389, to_port = 3389, cidr_ipv_6 = "::/0", description = "rdp" },
    { ip_protocol = "tcp", from_port = 443, to_port = 443, cidr_ip = "10.0.0.0/8", description = "inside" },
  ]
}

resource "awscc_rds_db_instance" "db" {
  engine              = "postgres"
  publicly_accessible = true
  storage_encrypted   = false
  deletion_protection = true
}

resource "awscc_iam_role" "admin" {
  assume_role_policy_document = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
  policies = [{
    policy_name = "all"
    policy_document = jsonencode({
      Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
    })
  }]
}

resource "awscc_lambda_function" "worker" {
  role    = awscc_iam_role.admin.arn
  runtime = "python3.7"
  environment = {
    variables = { STAGE = "prod" }
  }
}

resource "awscc_logs_log_group" "app" {
  kms_key_id = var.key
}

resource "awscc_elasticloadbalancingv2_load_balancer" "web" {
  type = "application"
  load_balancer_attributes = [
    { key = "routing.http.drop_invalid_header_fields.enabled", value = "false" },
    { key = "deletion_protection.enabled", value = "true" },
  ]
}

resource "awscc_efs_file_system" "shared" {
  encrypted = false
}
