"""What a message says and whether it may go: templates, policy, SMS segments, MIME; all pure."""
