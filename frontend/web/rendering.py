"""How forms are drawn: Django's own widgets inside of our one field template."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Every `{{ field.as_field_group }}` is drawn by our template: label, help, control, error."""

    field_template_name = "frontend/parts/field.html"
