provider "aws" {
  default_tags {
    tags = { owner = "platform", stage = "prod" }
  }
}
resource "aws_s3_bucket" "plain" {}
resource "aws_s3_bucket" "tagged" {
  tags = { stage = "test" }
}
provider "aws" {
  alias = "bare"
}
resource "aws_s3_bucket" "elsewhere" {
  provider = aws.bare
}
