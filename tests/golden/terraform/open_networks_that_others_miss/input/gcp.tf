resource "google_compute_firewall" "all" {
  name          = "all"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "all"
  }
}
resource "google_compute_firewall" "no_ports" {
  name          = "no_ports"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
  }
}
resource "google_compute_firewall" "ipv6" {
  name          = "ipv6"
  network       = "default"
  source_ranges = ["::/0"]
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}
