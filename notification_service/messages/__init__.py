"""What a message says, before any channel puts it into its own form; and the forms of mail and Slack."""
