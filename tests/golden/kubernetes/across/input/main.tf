# Objects of Terraform and of manifests know each other.
resource "kubernetes_service_v1" "metrics" {
  metadata {
    name      = "metrics"
    namespace = "shop"
  }
  spec {
    selector = { app = "web" }
    port {
      port        = 9090
      target_port = "metrics"
    }
  }
}
