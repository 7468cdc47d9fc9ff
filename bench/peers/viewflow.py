"""django-viewflow 2.4 with its row lock: four tasks that code hands in, one after another."""

from urllib.parse import urlsplit

import django
from django.conf import settings

from bench.peers import DATABASE_URL

_url = urlsplit(DATABASE_URL)
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.path.lstrip("/"),
            "USER": _url.username,
            "PASSWORD": _url.password,
            "HOST": _url.hostname,
            "PORT": _url.port,
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=[
        *("django.contrib.auth", "django.contrib.contenttypes"),
        *("viewflow", "viewflow.workflow", "bench.peers"),
    ],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django has to be set up first
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from viewflow import this  # noqa: E402
from viewflow.workflow import STATUS, flow, lock  # noqa: E402
from viewflow.workflow.models import Process, Task  # noqa: E402


class Approval(flow.Flow):
    process_class = Process
    lock_impl = lock.SelectForUpdateLock()

    start = flow.StartHandle(this.begin).Next(this.first)
    first = flow.Handle(this.agree).Next(this.second)
    second = flow.Handle(this.agree).Next(this.third)
    third = flow.Handle(this.agree).Next(this.fourth)
    fourth = flow.Handle(this.agree).Next(this.end)
    end = flow.End()

    def begin(self, activation):
        return activation.process

    def agree(self, activation, by):
        activation.task.owner = by


def instance() -> None:
    process = Approval.start.run()
    for node, by in zip(("first", "second", "third", "fourth"), PEOPLE, strict=True):
        with transaction.atomic():
            task = Task.objects.get(
                process=process, flow_task=getattr(Approval, node), status=STATUS.NEW
            )
            getattr(Approval, node).run(task, by=by)


call_command("migrate", verbosity=0)
PEOPLE = [User.objects.get_or_create(username=f"person{number}")[0] for number in range(4)]
