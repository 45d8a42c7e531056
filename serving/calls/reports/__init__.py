"""What happened: how far leads came, and whether the agreement was kept."""

from serving.calls.reports.funnel import funnel_report
from serving.calls.reports.setting import ReportSetting
from serving.calls.reports.sla import sla_report
from serving.calls.reports.span import LONGEST_DAYS, By, Span

__all__ = ["LONGEST_DAYS", "By", "ReportSetting", "Span", "funnel_report", "sla_report"]
