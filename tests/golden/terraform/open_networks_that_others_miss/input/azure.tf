resource "azurerm_network_security_rule" "ipv4" {
  name                        = "ipv4"
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_range      = "22"
  source_address_prefix       = "0.0.0.0/0"
  destination_address_prefix  = "*"
  resource_group_name         = "g"
  network_security_group_name = "n"
}
resource "azurerm_network_security_rule" "ipv6" {
  name                        = "ipv6"
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_range      = "22"
  source_address_prefix       = "::/0"
  destination_address_prefix  = "*"
  resource_group_name         = "g"
  network_security_group_name = "n"
}
