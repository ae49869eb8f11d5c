resource "kubernetes_service_account" "web" {
  metadata {
    name      = "web"
    namespace = "shop"
    annotations = {
      "eks.amazonaws.com/role-arn" = aws_iam_role.web.arn
    }
  }
}
resource "kubernetes_deployment" "web" {
  metadata {
    name      = "web"
    namespace = "shop"
  }
  spec {
    selector { match_labels = { app = "web" } }
    template {
      metadata { labels = { app = "web" } }
      spec {
        service_account_name = kubernetes_service_account.web.metadata[0].name
        container {
          name  = "web"
          image = "web:1"
        }
      }
    }
  }
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.eks.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${replace(aws_iam_openid_connect_provider.eks.url, "https://", "")}:sub"
      values   = ["system:serviceaccount:shop:web"]
    }
  }
}
resource "aws_iam_openid_connect_provider" "eks" {
  url             = aws_eks_cluster.c.identity[0].oidc[0].issuer
  client_id_list  = ["sts.amazonaws.com"]
}
resource "aws_eks_cluster" "c" {
  name = "c"
  role_arn = "arn:aws:iam::111122223333:role/x"
  vpc_config { subnet_ids = [] }
}
resource "aws_iam_role" "web" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
