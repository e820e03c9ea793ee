"""Write every page of the reference that is made from the code."""

from tests.architecture import operations_page
from tests.architecture.pages import PAGES

for name, page in PAGES.items():
    (operations_page.PAGE.parent / f"{name}.md").write_text(page(), encoding="utf-8")
operations_page.PAGE.write_text(operations_page.page(), encoding="utf-8")
