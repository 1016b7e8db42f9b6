"""What users do with coupons, and what becomes of them."""
