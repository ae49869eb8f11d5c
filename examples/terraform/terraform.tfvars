admin_cidrs = ["10.0.0.0/8", "0.0.0.0/0"]
assets_acl  = "public-read"
