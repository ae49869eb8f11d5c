resource "aws_iam_policy" "flush" {
  name   = "b"
  policy = <<-EOT
    {
      "Version": "2012-10-17",
 
      "Statement": [{
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*"
      }]
    }
    EOT
}
