resource "aws_iam_policy" "this" {
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
      ]
    }
  EOT
}
resource "aws_iam_policy" "t" {
  policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Alow\",\"Action\":\"s3:GetObjct\",\"Resource\":\"*\"}]}"
}
