visibility = "public-read"
