"""The flow run page of Prefect's V1 screen, as a referent uses it."""

from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class FlowRunPage:
    """One tab on one departure."""

    tab: Page

    def tags(self) -> list[str]:
        """The tags beside the name."""
        expect(self.tab.locator(".p-tag").first).to_be_visible()
        return [_text(tag) for tag in self.tab.locator(".p-tag").all()]

    def shows(self, what: str) -> Locator:
        """Open one of the tabs below the graph, such as ``task-runs``; return what it holds."""
        self.tab.locator(f"li#{what}").click()
        return self.tab.locator(f"#{what}-content")

    def task_runs(self) -> set[str]:
        """The names of the task runs."""
        names = self.shows("task-runs").locator(".state-list-item a").filter(has_text=" : ")
        expect(names.first).to_be_visible()
        return {_text(name) for name in names.all()}

    def resumes(self) -> Locator:
        """Press Resume, and return the form once its fields are there."""
        self.tab.get_by_role("button", name="Resume").click()
        form = self.tab.get_by_role("dialog")
        expect(form.locator(".schema-form-property").first).to_be_visible()
        return form

    def opens_list(self, title: str) -> list[str]:
        """Open the list of one question, by its arrow as the form says; return the choices."""
        field = self.tab.locator(".schema-form-property").filter(has_text=title)
        field.locator(".p-select-button__icon").click()
        expect(self.tab.get_by_role("listbox")).to_be_visible()
        return [_text(option) for option in self.tab.locator(".p-select-option").all()]

    def chooses(self, choice: str) -> None:
        """Choose in the list that is open."""
        self.tab.locator(".p-select-option").filter(has_text=choice).click()

    def submits(self) -> None:
        """Send the form."""
        self.tab.get_by_role("button", name="Submit").click()

    def pictured(self, file: Path) -> None:
        """Take a picture of what the referent sees, once nothing moves."""
        self.tab.mouse.move(0, 0)
        self.tab.wait_for_load_state("networkidle")
        self.tab.screenshot(path=file, animations="disabled")


def _text(element: Locator) -> str:
    # Task runs are named in decomposed letters, for the graph's font.
    return normalize("NFC", element.inner_text().strip())
