using System.Xml.Linq;

namespace Restante.Architecture.Tests;

/// <summary>Who may reference whom. The table is the architecture; docs/architecture.md explains it.</summary>
public sealed class ReferenceRules
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Restante.Amqp"] = [],
        ["Restante.Mqtt"] = [],
        ["Restante.Contracts"] = [],
        ["Restante.Core"] = [],
        ["Restante.Net"] = [],
        ["Restante.Storage.Streams"] = ["Restante.Core"],
        ["Restante.Storage.Sqlite"] = ["Restante.Core", "Restante.Storage.Streams"],
        ["Restante.Heads.Amqp"] = ["Restante.Amqp", "Restante.Net", "Restante.Core"],
        ["Restante.Heads.Mqtt"] = ["Restante.Mqtt", "Restante.Net", "Restante.Core"],
        ["Restante.Heads.Http"] = ["Restante.Contracts", "Restante.Core"],
        ["Restante.Client"] = ["Restante.Amqp", "Restante.Mqtt", "Restante.Net"],
        ["Restante.Cli"] = ["Restante.Contracts"],
        ["Restante.Bench"] = ["Restante.Client", "Restante.Contracts"],
    };

    private static readonly Dictionary<string, string[]> s_allowedPackages = new()
    {
        ["Restante.Amqp"] = [],
        ["Restante.Mqtt"] = [],
        ["Restante.Core"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["Restante.Net"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["Restante.Storage.Streams"] = [],
    };

    public static TheoryData<string> Projects()
    {
        var data = new TheoryData<string>();
        foreach (string project in Repository.SourceProjects)
            data.Add(project);
        return data;
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_architecture_allows(string project)
    {
        if (project == "Restante.Server")
            return; // The composition root may know everybody.
        Assert.True(s_allowed.ContainsKey(project), $"{project} is not in the table of references; add it there and to docs/architecture.md.");
        string[] references = [.. Elements(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)!)];
        Assert.Empty(references.Except(s_allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Pure_projects_take_no_packages_and_no_framework(string project)
    {
        if (!s_allowedPackages.TryGetValue(project, out string[]? packages))
            return;
        Assert.Empty(Elements(project, "PackageReference").Except(packages));
        Assert.Empty(Elements(project, "FrameworkReference"));
    }

    [Fact]
    public void Only_the_server_knows_two_heads_or_a_concrete_store()
    {
        foreach (string project in Repository.SourceProjects.Where(p => p != "Restante.Server"))
        {
            int heads = Elements(project, "ProjectReference").Count(r => r.Contains("Restante.Heads.", StringComparison.Ordinal));
            bool store = Elements(project, "ProjectReference").Any(r => r.Contains("Restante.Storage.", StringComparison.Ordinal));
            Assert.True(heads == 0, $"{project} references a head.");
            Assert.True(!store || project.StartsWith("Restante.Storage.", StringComparison.Ordinal), $"{project} references a store.");
        }
    }

    private static IEnumerable<string> Elements(string project, string name) =>
        XElement.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"))
            .Descendants(name).Select(e => e.Attribute("Include")!.Value.Replace('\\', '/'));
}
