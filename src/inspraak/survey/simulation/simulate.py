"""Draw the answers of a simulated study and deliver them as the agencies of its waves would."""

from pathlib import Path

from inspraak.errors import Problem, UserError
from inspraak.study.declarations import parse, read_yaml
from inspraak.study.study import Study
from inspraak.survey.simulation.checking import check_truth
from inspraak.survey.simulation.delivering import DeliveredFile, deliver_wave, merged
from inspraak.survey.simulation.drawing import draw
from inspraak.survey.simulation.formats import file_bytes
from inspraak.survey.simulation.gaps import fill_in
from inspraak.survey.simulation.mess import make_messy
from inspraak.survey.simulation.model import calibrated
from inspraak.survey.simulation.truth import Truth


def load_truth(study: Study) -> Truth:
    """Read a study's declared truth; raises one `UserError` with every problem, or for a study without."""
    if study.survey.simulated is None:
        found = "no key 'simulated'"
        raise UserError(Problem("study.yaml", "", found, "a study whose answers are drawn, not asked"))
    document = read_yaml(study.folder / study.survey.simulated)
    truth = parse(Truth, document, document.data)
    check_truth(study, truth, document)
    return truth


def simulate(study: Study, truth: Truth, *, seed: int) -> dict[str, DeliveredFile]:
    """Draw every wave and give the files that it delivers, by path.

    The same study, truth and seed give the same files. Raises `UserError` where the truth does not fit the
    population (slopes that explain too much, more employers than were invited).
    """
    model = calibrated(study, truth)
    files: dict[str, DeliveredFile] = {}
    for wave, drawn in draw(model, seed=seed).items():
        sheet = make_messy(model, wave, fill_in(model, wave, drawn, seed=seed), seed=seed)
        for path, file in deliver_wave(model, wave, sheet, seed=seed).items():
            files[path] = merged(files[path], file) if path in files else file
    return files


def deliver(study: Study, folder: Path, *, seed: int) -> None:
    """Write every file of every wave into the folder of raw files, over what stands there."""
    for path, file in simulate(study, load_truth(study), seed=seed).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file_bytes(file))
