resource "aws_kms_key" "k" {}
module "m" {
  source = "./m"
  kms    = aws_kms_key.k.arn
}
