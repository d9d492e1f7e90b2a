"""What may be inferred from days that are drawn independently?"""
