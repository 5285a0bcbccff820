from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Every form field by one template: label, help, error beside it, aria attributes."""

    field_template_name = "portal/_field.html"
