variable "replicas" {
  type = number
}

resource "kubernetes_deployment_v1" "shop" {
  metadata {
    name      = "shop"
    namespace = "shop"
  }
  spec {
    replicas = var.replicas
    selector {
      match_labels = { app = "shop" }
    }
    template {
      metadata {
        labels = { app = "shop" }
      }
      spec {
        container {
          name  = "shop"
          image = "registry.example/shop:1"
        }
      }
    }
  }
}
