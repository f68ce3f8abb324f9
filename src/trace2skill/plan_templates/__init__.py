"""plan_templates."""
