resource "aws_s3_bucket_acl" "b" {
  bucket = "b"
  acl    = trimprefix("aab-ab", "ab") == "aab-ab" ? "public-read" : "private"
}
