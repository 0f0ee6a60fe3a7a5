"""Controls as text: `commands.execute` for a line of text, `control_socket.ControlSocket` for a TCP port."""
