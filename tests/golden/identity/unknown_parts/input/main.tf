variable "actions" { type = list(string) }
variable "role_arn" { type = string }
variable "prod" { type = bool }
data "aws_partition" "this" {}

resource "aws_iam_policy" "from_inputs" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = var.actions, Resource = "*" },
      { Effect = "Allow", Action = "iam:PassRole", Resource = var.role_arn },
    ]
  })
}

# An ARN with holes is not everything.
resource "aws_iam_policy" "with_holes" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "iam:PassRole", Resource = "arn:${data.aws_partition.this.partition}:iam::*:role/app" },
      { Effect = "Allow", Action = "iam:PassRole", Resource = aws_iam_role.app.arn },
    ]
  })
}

resource "aws_iam_policy" "one_of_two" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "iam:PassRole", Resource = var.prod ? "arn:aws:iam::111122223333:role/app" : "*" },
    ]
  })
}

resource "aws_iam_role" "app" {
  assume_role_policy  = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  managed_policy_arns = ["arn:${data.aws_partition.this.partition}:iam::aws:policy/ReadOnlyAccess"]
}
