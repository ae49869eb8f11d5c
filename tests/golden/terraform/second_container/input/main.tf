resource "kubernetes_deployment" "d" {
  metadata {
    name = "d"
  }
  spec {
    selector {
      match_labels = { app = "d" }
    }
    template {
      metadata {
        labels = { app = "d" }
      }
      spec {
        container {
          name  = "good"
          image = "example.com/good@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
          liveness_probe {
            tcp_socket {
              port = 80
            }
          }
        }
        container {
          name  = "bad"
          image = "example.com/bad:1"
          port {
            container_port = 80
            host_port      = 80
          }
        }
      }
    }
  }
}
