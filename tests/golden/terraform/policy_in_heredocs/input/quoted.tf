resource "aws_iam_policy" "quoted" {
  name   = "c"
  policy = "{\"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}"
}
