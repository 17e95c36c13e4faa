"""What a brand plans: channels compared, targets, roll-outs, content and live sessions."""
