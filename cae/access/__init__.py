"""Who may do what where several people share the app: roles, and the file that gives them."""
