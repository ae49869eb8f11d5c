resource "aws_s3_bucket" "this" {
  for_each = toset(["x", "y"])
}
output "ids" {
  value = { for k, b in aws_s3_bucket.this : k => b.id }
}
